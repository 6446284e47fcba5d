"""The stages of a run, a module each: check, collect, measure, find, flag, conclude, plan, write.

`run` strings them together; `cxengine.engine` is how the rest of the world calls them.
"""
