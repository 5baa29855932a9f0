"""What the academy teaches: panels, fields, courses with their versions, programs; browsing and searching them.

Words: panel (板块), field (细分领域), course (课程), program (培训项目: an ordered set of courses with a completion rule and
a certificate rule), revision (a token that changes with every write, by which processes know that their copy is old).
"""
