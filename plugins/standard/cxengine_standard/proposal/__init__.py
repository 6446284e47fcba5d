"""What `cxengine new mapping` proposes for files: a project to start from, and what people must decide."""
