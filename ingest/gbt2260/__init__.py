"""Which GB/T 2260 codes were ever in force: `codes.csv`, made by `make.py`, read by `ingest.regions`.

`changes.csv` is kept by hand: what the package of revisions does not have,
that is everything after April 2019, and into which codes earlier ones went
where a like name does not say it.
"""
