"""Where the academy teaches: teaching sites of three types, their rooms and capacity.

Words: teaching site (教学点: theory, practical or red education), room (教室), group size (the most people a site takes).
"""
