"""Customer experience as code: from journeys, evidence and rules in TOML to an explained roadmap."""

__version__ = "0.1.0"
