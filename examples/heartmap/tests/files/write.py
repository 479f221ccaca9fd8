"""Writes .h5ad files with h5py, and what h5py and numpy make of them: `write.py DIRECTORY`."""

import json
import pathlib
import sys
import zlib

import h5py
import numpy as np

TEXT = h5py.string_dtype("utf-8")
GENES = ["TTN", "MYH6", "MYH7", "TNNT2", "ACTC1", "PLN", "RYR2", "NPPA", "NPPB", "MYL7", "MYL2", "DES"]


def counts(cells, genes, seed, density=0.3):
    """Cells by genes: mostly zero, whole numbers and fractions, some negative."""
    random = np.random.default_rng(seed)
    values = random.poisson(3.0, (cells, genes)) * (random.random((cells, genes)) < density)
    return values.astype("f8")


def encoded(node, kind, version="0.1.0"):
    node.attrs["encoding-type"] = kind
    node.attrs["encoding-version"] = version


def frame(file, name, index, columns=0):
    """A table as anndata writes it: an index of texts, and columns."""
    group = file.create_group(name)
    encoded(group, "dataframe", "0.2.0")
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = np.array([f"c{n}" for n in range(columns)], dtype=TEXT)
    group.create_dataset("_index", data=index, dtype=TEXT)
    encoded(group["_index"], "string-array", "0.2.0")
    for column in range(columns):
        group.create_dataset(f"c{column}", data=np.arange(len(index)), compression="gzip")


def begin(path, cells, genes, libver=None, columns=0):
    file = h5py.File(path, "w", libver=libver)
    encoded(file, "anndata")
    frame(file, "obs", [f"cell-{n}" for n in range(cells)], columns)
    frame(file, "var", [(GENES + [f"G{n}" for n in range(genes)])[n] for n in range(genes)], columns)
    for name in ["layers", "obsm", "obsp", "uns", "varm", "varp"]:
        encoded(file.create_group(name), "dict")
    return file


def dense(path, values, libver=None, columns=0, **how):
    with begin(path, *values.shape, libver, columns) as file:
        file.create_dataset("X", data=values, **how)
        encoded(file["X"], "array", "0.2.0")


def sparse(path, values, kind, libver=None, data="f4", places="i4", columns=0, part=None, **how):
    lines = values if kind == "csr_matrix" else values.T
    indptr = np.concatenate([[0], np.cumsum((lines != 0).sum(axis=1))])
    with begin(path, *values.shape, libver, columns) as file:
        group = file.create_group("X")
        encoded(group, kind)
        group.attrs["shape"] = np.array(values.shape)
        parts = {
            "data": lines[lines != 0].astype(data),
            "indices": np.nonzero(lines)[1].astype(places),
            "indptr": indptr.astype(places),
        }
        for name, array in {**parts, **(part or {})}.items():
            group.create_dataset(name, data=array, **how)


def spread(figures):
    return {"min": figures.min(), "median": np.median(figures), "mean": figures.mean(), "max": figures.max()}


def matrix(path):
    """The matrix again, by h5py alone."""
    with h5py.File(path) as file:
        node = file["X"]
        if isinstance(node, h5py.Dataset):
            return node[()].astype("f8"), "array", node.dtype
        kind, values = node.attrs["encoding-type"], np.zeros(node.attrs["shape"])
        lines = values if kind == "csr_matrix" else values.T
        indptr, indices, data = node["indptr"][()], node["indices"][()], node["data"][()]
        for line in range(len(indptr) - 1):
            here = slice(indptr[line], indptr[line + 1])
            lines[line, indices[here]] = data[here]
        return values, kind, node["data"].dtype


def expected(path, least):
    values, kind, dtype = matrix(path)
    names = h5py.File(path)["var/_index"].asstr()[()]
    some = values != 0
    cells, genes = values.sum(axis=1), values.sum(axis=0)
    kept = (cells >= least["min_counts"]) & (some.sum(axis=1) >= least["min_genes"])
    top = [int(gene) for gene in np.lexsort((np.arange(len(genes)), -genes)) if genes[gene] > 0][: least["top_genes"]]
    return {
        "encoding": kind,
        "dtype": dtype.newbyteorder("=").name,
        "cells": values.shape[0],
        "genes": values.shape[1],
        "total_counts": values.sum(),
        "nonzero": some.sum(),
        "sparsity": 1 - some.sum() / values.size,
        "kept": {"cells": kept.sum(), "genes": (some.sum(axis=0) >= least["min_cells"]).sum()},
        "per_cell": {"counts": spread(cells), "detected": spread(some.sum(axis=1))},
        "per_gene": {"counts": spread(genes), "detected": spread(some.sum(axis=0))},
        "top_genes": [
            {"index": gene, "name": names[gene], "counts": genes[gene], "cells": some[:, gene].sum()} for gene in top
        ],
    }


def good(home):
    gzip = {"compression": "gzip", "chunks": True}
    fine = {"compression": "gzip", "compression_opts": 9, "shuffle": True, "fletcher32": True}
    some = counts(300, 70, 1)
    dense(home / "dense-gzip.h5ad", some.astype("f4"), **gzip)
    dense(home / "dense-odd-chunks.h5ad", some * 0.37 - 0.01, chunks=(37, 11), **fine)
    dense(home / "dense-plain.h5ad", some.astype(">i4"))
    dense(home / "dense-latest.h5ad", some.astype("f8") / 7, "latest", chunks=(50, 70), **fine)
    dense(home / "dense-grown.h5ad", some.astype("u2"), "latest", maxshape=(None, None), chunks=(64, 64), compression="gzip")
    dense(home / "dense-one-chunk.h5ad", some.astype("i8"), "latest", chunks=some.shape, compression="gzip")
    dense(home / "dense-earliest.h5ad", some.astype("i1"), "earliest", columns=12)
    sparse(home / "csr-gzip.h5ad", some, "csr_matrix", **gzip)
    sparse(home / "csr-grown.h5ad", some, "csr_matrix", data="f8", places="i8", maxshape=(None,), chunks=(999,), **fine)
    sparse(home / "csr-latest.h5ad", some, "csr_matrix", "latest", data="u1", columns=12, maxshape=(None,), chunks=(100,))
    sparse(home / "csc-gzip.h5ad", some, "csc_matrix", **gzip)
    sparse(home / "csc-plain.h5ad", counts(40, 500, 2, 0.02), "csc_matrix", "earliest", data="i4")
    with begin(home / "dense-unwritten.h5ad", 60, 30) as file:
        x = file.create_dataset("X", (60, 30), "f4", chunks=(10, 10), compression="gzip")
        x[35:45, 5:25] = 2.5


def bad(home):
    """Files that get no answer, and the word for why."""
    some = counts(20, 12, 3)
    told = {}

    def case(name, code):
        told[name] = code
        return home / name

    def patched(name, code, **part):
        sparse(case(name, code), some, "csr_matrix", part=part)

    ones = (some != 0).sum()
    with begin(case("no-matrix.h5ad", "file_layout"), 3, 3):
        pass
    with h5py.File(case("other-kind.h5ad", "file_layout"), "w") as file:
        encoded(file, "mudata")
        file["X"] = some
    dense(case("not-a-number.h5ad", "file_layout"), np.where(some > 5, np.nan, some))
    dense(case("infinite.h5ad", "file_layout"), np.where(some > 5, np.inf, some).astype("f4"))
    dense(case("half.h5ad", "file_unsupported"), some.astype("f2"))
    dense(case("complex.h5ad", "file_unsupported"), some.astype("c8"))
    dense(case("lzf.h5ad", "file_unsupported"), some, compression="lzf")
    dense(case("filled.h5ad", "file_unsupported"), some, chunks=(5, 5), fillvalue=9)
    dense(case("empty.h5ad", "file_layout"), np.zeros((0, 12)))
    with begin(case("three-dimensions.h5ad", "file_layout"), 2, 2) as file:
        file["X"] = np.ones((2, 2, 2))
    with begin(case("one-dimension.h5ad", "file_layout"), 2, 2) as file:
        file["X"] = np.ones(4)
    with begin(case("other-file.h5ad", "file_layout"), 2, 2) as file:
        file["X"] = h5py.ExternalLink("dense-gzip.h5ad", "/X")
    with begin(case("outside.h5ad", "file_unsupported"), 2, 2) as file:
        file.create_dataset("X", (2, 2), "u1", external=[("/etc/passwd", 0, 4)])
    with begin(case("virtual.h5ad", "file_damaged"), 2, 2) as file:
        layout = h5py.VirtualLayout((300, 70), "f4")
        layout[:] = h5py.VirtualSource("dense-gzip.h5ad", "X", (300, 70))
        file.create_virtual_dataset("X", layout)
    with begin(case("circle.h5ad", "file_layout"), 2, 2) as file:
        file["X"], file["Y"] = h5py.SoftLink("/Y"), h5py.SoftLink("/X")
    with begin(case("itself.h5ad", "file_layout"), 2, 2) as file:
        file["X"] = file["/"]
    # A small file that comes to 4 GiB, one whose small chunk comes to 64 MiB, and one that only claims so.
    zeros = zlib.compress(bytes(1 << 26))
    with begin(case("bomb.h5ad", "file_too_large_inside"), 2, 2) as file:
        x = file.create_dataset("X", (65536, 16384), "f4", chunks=(4096, 4096), compression="gzip")
        for line in range(0, 65536, 4096):
            x.id.write_direct_chunk((line, 0), zeros)
    with begin(case("small-bomb.h5ad", "file_damaged"), 2, 2) as file:
        x = file.create_dataset("X", (100, 100), "f4", chunks=(100, 100), compression="gzip")
        x.id.write_direct_chunk((0, 0), zeros)
    # Behind a filter that a reader may not know, how much comes of the others has no bound.
    with begin(case("lzf-bomb.h5ad", "file_unsupported"), 2, 2) as file:
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_chunk((100, 100))
        how.set_filter(h5py.h5z.FILTER_LZF, h5py.h5z.FLAG_OPTIONAL)
        how.set_deflate(4)
        space = h5py.h5s.create_simple((100, 100))
        x = h5py.h5d.create(file.id, b"X", h5py.h5t.IEEE_F32LE, space, how)
        x.write_direct_chunk((0, 0), zlib.compress(bytes(1 << 29)))
    with begin(case("claim.h5ad", "file_too_large_inside"), 2, 2) as file:
        file.create_dataset("X", (2**40, 2**20), "f8", chunks=(1024, 1024), compression="gzip")
    with begin(case("large-chunk.h5ad", "file_too_large_inside"), 2, 2) as file:
        file.create_dataset("X", (2, 2), "f8", maxshape=(None, None), chunks=(2**14, 2**13), compression="gzip")
    with begin(case("many-cells.h5ad", "file_too_large_inside"), 2, 2) as file:
        file.create_dataset("X", (3_000_000, 2), "u1", chunks=(100_000, 2), compression="gzip")
    patched("begins-late.h5ad", "file_damaged", indptr=np.full(21, 1, "i4"))
    patched("falls.h5ad", "file_damaged", indptr=np.array([0, ones] + [0] * 18 + [ones], "i4"))
    patched("negative.h5ad", "file_damaged", indices=np.full(ones, -1, "i4"))
    patched("beyond.h5ad", "file_damaged", indices=np.full(ones, 12, "i4"))
    patched("twice.h5ad", "file_layout", indices=np.zeros(ones, "i4"))
    patched("short.h5ad", "file_layout", indptr=np.zeros(5, "i4"))
    patched("uneven.h5ad", "file_layout", data=np.zeros(ones + 1, "f4"))
    patched("fractions.h5ad", "file_layout", indices=np.zeros(ones, "f4"))
    path = case("no-shape.h5ad", "file_layout")
    sparse(path, some, "csr_matrix")
    with h5py.File(path, "a") as file:
        del file["X"].attrs["shape"]
    path = case("large-shape.h5ad", "file_too_large_inside")
    sparse(path, some, "csr_matrix")
    with h5py.File(path, "a") as file:
        file["X"].attrs["shape"] = np.array([2**62, 2**62])
    whole = (home / "dense-gzip.h5ad").read_bytes()
    case("half-of-it.h5ad", "file_damaged").write_bytes(whole[: len(whole) // 2])
    case("signature-alone.h5ad", "file_damaged").write_bytes(whole[:8])
    return told


def samples(home):
    """The small files that stand beside the example."""
    values = counts(60, 12, 4, 0.4)
    sparse(home / "hearts.h5ad", values, "csr_matrix", compression="gzip")
    dense(home / "hearts-dense.h5ad", values.astype("f4"), "latest", chunks=(16, 12), compression="gzip", shuffle=True)


def main():
    home = pathlib.Path(sys.argv[1])
    if sys.argv[2:] == ["samples"]:
        return samples(home)
    good(home)
    least = {"min_counts": 40, "min_genes": 18, "min_cells": 85, "top_genes": 5}
    figures = {path.name: expected(path, least) for path in sorted(home.glob("*.h5ad"))}
    told = bad(home)
    out = {"h5py": h5py.__version__, "parameters": least, "good": figures, "bad": told}
    (home / "expected.json").write_text(json.dumps(out, default=lambda number: number.item()))


main()
