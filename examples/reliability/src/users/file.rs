//! Users in a file.

use super::lines::{Line, lines, renewed};
use palisade::{
    Clock, CredentialDigest, Reply,
    jwt::{
        StoreError, StoreErrorKind,
        login::{
            CanonicalName, MemoryUsers, User, UserChange, UserId, UserName, UserPage, UserQuery, UserStore,
        },
    },
};
use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Users who are read from a file at the start, and whose new hashes are written back to it; without a file they are kept in memory.
#[derive(Debug, Clone, Default)]
pub struct UserFile(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    users: MemoryUsers,
    path: Option<PathBuf>,
    /// Held while the file is written.
    turn: Mutex<()>,
}

/// Why users cannot be read from a file; never what stands in it.
#[derive(Debug, thiserror::Error)]
pub enum UserFileError {
    /// Some lines are wrong.
    #[error("{}", .0.join("; "))]
    Lines(Vec<String>),
    /// They cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UserFile {
    /// The users of the file at `path`, which has this text.
    ///
    /// # Errors
    ///
    /// Where a line is none.
    pub fn new(path: &Path, text: &str) -> Result<Self, UserFileError> {
        let now = Clock::system().now().wall;
        let users = MemoryUsers::new();
        for Line { name, hash } in lines(text).map_err(UserFileError::Lines)? {
            let user = User::new(id(&name), name, hash, now);
            let kept = users.write(vec![UserChange::Insert(user)]).try_now();
            kept.unwrap_or_else(|_| Err(StoreErrorKind::Unavailable.into()))?;
        }
        Ok(Self(Arc::new(Inner { users, path: Some(path.to_owned()), turn: Mutex::default() })))
    }
}

/// Made of the name, so that tokens from before a restart still name their user.
fn id(name: &UserName) -> UserId {
    let digest = CredentialDigest::of(name.canonical().as_str().as_bytes()).to_hex();
    let mut bytes = [0; 16];
    for (byte, digit) in bytes.iter_mut().zip(digest.bytes()) {
        *byte = digit;
    }
    UserId::from_bytes(bytes)
}

impl Inner {
    fn save(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        // Nothing is left half done by a panic of somebody else: the file is replaced whole.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let text = fs::read_to_string(path)?;
        let hash_of = |name: &UserName| {
            let user = self.users.find(name.canonical()).try_now().ok()?.ok()??;
            Some(user.password.clone())
        };
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
        file.write_all(renewed(&text, hash_of).as_bytes())?;
        file.as_file().sync_all()?;
        fs::set_permissions(file.path(), fs::metadata(path)?.permissions())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl UserStore for UserFile {
    fn find(&self, name: &CanonicalName) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        self.0.users.find(name)
    }

    fn get(&self, id: &UserId) -> Reply<Result<Option<Arc<User>>, StoreError>> {
        self.0.users.get(id)
    }

    fn write(&self, changes: Vec<UserChange>) -> Reply<Result<(), StoreError>> {
        let inner = self.0.clone();
        Reply::later(async move {
            inner.users.write(changes).await?;
            let saved = tokio::task::spawn_blocking(move || inner.save()).await;
            saved.unwrap_or_else(|fault| Err(io::Error::other(fault))).map_err(|fault| {
                tracing::warn!(target: "reliability::users", %fault, "the file of users cannot be written");
                StoreErrorKind::Unavailable.into()
            })
        })
    }

    fn list(&self, query: &UserQuery) -> Reply<Result<UserPage, StoreError>> {
        self.0.users.list(query)
    }
}
