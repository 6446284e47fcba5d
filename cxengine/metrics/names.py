"""Columns of few texts, many times over, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    BoolArray = npt.NDArray[np.bool_]
    CodeArray = npt.NDArray[np.int32]


@attrs.frozen(eq=False)
class Names:
    """A column of text: `code` is the position of each row's text in `names`."""

    code: CodeArray
    names: tuple[str, ...]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Names:
        """From a column of text, encoded or not, without nulls."""
        import pyarrow as pa

        if pa.types.is_dictionary(column.type):
            encoded = column.unify_dictionaries().combine_chunks()
        else:
            encoded = column.combine_chunks().dictionary_encode()
        code = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        return cls(code, tuple(encoded.dictionary.to_pylist()))

    def among(self, names: Sequence[str]) -> BoolArray:
        """The rows with one of these texts."""
        chosen = np.array([name in names for name in self.names], dtype=bool)
        return chosen[self.code]

    def rows(self, chosen: npt.NDArray[np.int64] | npt.NDArray[np.int32]) -> Names:
        """The texts of some rows."""
        return Names(self.code[chosen], self.names)

    def column(self) -> pa.DictionaryArray:
        """As a column of Arrow: a dictionary of texts."""
        import pyarrow as pa

        return pa.DictionaryArray.from_arrays(
            pa.array(self.code), pa.array(self.names, pa.string()), safe=False
        )
