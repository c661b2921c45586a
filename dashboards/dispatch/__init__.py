"""What does a desk send up each day: the daily dispatch (日调度情况) of a region, from its figures to a file?

Read the figures (`reading`), put them into words (`composing`), and the one
document into HTML, PDF, DOCX, XLSX or CSV (`rendering`). No number is made on the way but
the difference to the day before.
"""
