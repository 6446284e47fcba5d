"""From findings and candidates to a roadmap: benefit, score, grouping, schedule."""
