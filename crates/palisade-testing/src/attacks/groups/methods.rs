//! Methods: what is guarded by one must not be open by another.

use crate::attacks::{door::Door, door::Lock, judge::Want, scene::Scene, shot::Shot};
use http::Method;

const GROUP: &str = "methods";
const REFUSED: Want = Want::Refused(&[400, 401, 403, 404, 405, 501]);

pub(crate) async fn play(scene: &Scene) {
    for door in scene.guarded() {
        head(scene, door).await;
        others(scene, door).await;
        overrides(scene, door).await;
    }
    for door in scene.doors.iter().filter(|door| door.lock == Lock::Public && !door.is_wide && !door.is_any) {
        public(scene, door).await;
    }
    let asterisk = scene.attack(GROUP, "A011", "asterisk form");
    asterisk.send("OPTIONS *", &Shot::new(Method::OPTIONS, "*"), Want::NotReached).await;
}

async fn head(scene: &Scene, door: &Door) {
    if door.method != Method::GET {
        return;
    }
    let attack = scene.attack(GROUP, "A015", "HEAD is guarded as GET is");
    let shot = Shot::new(Method::HEAD, &door.path);
    attack.send("without a credential", &shot, Want::Refused(&[401])).await;
    attack.send("with a bad one", &shot.clone().bearer("garbage"), Want::Refused(&[401])).await;
}

/// Methods that this path does not declare for anybody.
async fn others(scene: &Scene, door: &Door) {
    let open = |method: &Method| {
        scene.doors.iter().any(|other| {
            other.template == door.template
                && !other.is_guarded()
                && (other.method == *method || other.is_wide || other.is_any)
        })
    };
    let path_is_open = scene.doors.iter().any(|other| other.template == door.template && !other.is_guarded());
    let wrong = scene.attack(GROUP, "A020", "another method on a guarded path");
    for method in [
        Method::PATCH,
        Method::DELETE,
        Method::PUT,
        Method::POST,
        Method::GET,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        if open(&method) {
            continue;
        }
        let shot = Shot::new(method.clone(), &door.path);
        let Some(answer) = wrong.send(method.as_str(), &shot, REFUSED).await else { continue };
        if !path_is_open && answer.header("allow").is_some_and(|allow| !allow.is_empty()) {
            let problem = "a stranger learns which methods there are".to_owned();
            wrong.note(method.as_str(), &shot, &answer, "no `Allow` without a credential", problem);
        }
    }
    let unknown = scene.attack(GROUP, "A017", "unknown, lower-case and very long methods");
    let long = "M".repeat(1024);
    for name in
        ["FOO", "get", "Get", "post", "PROPFIND", "SEARCH", "PURGE", "DEBUG", "TRACK", "GETX", long.as_str()]
    {
        let Ok(method) = Method::from_bytes(name.as_bytes()) else { continue };
        let input = if name.len() > 20 { "1024 letters" } else { name };
        unknown.send(input, &Shot::new(method, &door.path), REFUSED).await;
    }
}

async fn overrides(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A018", "method override by header, query and form");
    let names = ["x-http-method-override", "x-http-method", "x-method-override", "x-http-verb"];
    for name in names {
        for method in ["OPTIONS", "HEAD", "GET"] {
            let shot = Shot::new(Method::POST, &door.path).line(name, method);
            attack.send(&format!("{name}: {method}"), &shot, REFUSED).await;
        }
    }
    let form = Shot::new(Method::POST, format!("{}?_method=GET", door.path));
    attack.send("?_method=", &form, REFUSED).await;
    let form = form.body("application/x-www-form-urlencoded", "_method=GET");
    attack.send("_method in a form", &form, REFUSED).await;
}

/// Open means this method at this path, and no other.
async fn public(scene: &Scene, door: &Door) {
    let attack = scene.attack(GROUP, "A025", "an open route by another method");
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let declared =
            scene.doors.iter().any(|other| other.template == door.template && other.method == method);
        if !declared {
            let shot = Shot::new(method.clone(), &door.path);
            attack.send(method.as_str(), &shot, Want::Refused(&[401, 404, 405])).await;
        }
    }
}
