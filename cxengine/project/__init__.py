"""What the author wrote: TOML to an immutable `Project`, every mistake with its place."""

from cxengine.project.load import Loaded, load
from cxengine.project.origins import Origins
from cxengine.project.uses import Use

__all__ = ["Loaded", "Origins", "Use", "load"]
