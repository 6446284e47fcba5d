"""Components that are kept between runs, so that a run reads only what is new.

With `[engine] state = "FOLDER"` every input of every source becomes a batch: what the scan makes of it is
kept under the hash of its content and of everything that decides how it is read. A run reads the inputs that
have no batch, adds all batches up, and gives the same bytes as a run that reads everything.

What does not add up over inputs (customers who come again, drivers) asks the kept answers of all batches,
never the sources again. A source whose inputs depend on each other is one batch: it is read whole when any
of its inputs changed.
"""
