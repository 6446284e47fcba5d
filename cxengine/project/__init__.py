"""What the author wrote: TOML to an immutable `Project`, every mistake with its place."""
