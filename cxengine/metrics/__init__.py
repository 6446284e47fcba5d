"""From signals to measurements: components, one fused scan, roll-ups, intervals."""
