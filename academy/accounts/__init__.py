"""Who can sign in: users, roles with scope, organizations, and the registers of divisions and person types.

Words: user (a person who can sign in), role grant (a role, bound to the academy or to one organization),
organization (university, social organization, work unit), division (an administrative area by its GB/T 2260 code),
person type (one of the 12 groups of people that the academy serves).
"""
