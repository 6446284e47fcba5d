"""What people write about: themes beside touchpoints and scores, and the texts that tell most."""
