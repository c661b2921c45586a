"""Which homes, residents, staff and hospitals are there? What the files of a registry say, row by row.

A file is CSV or XLSX, its headings English or Chinese (`headings.toml`). What a
row does not say right is a problem with its file, line, column and remedy.
"""
