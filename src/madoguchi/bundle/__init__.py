"""The bundle: everything that an installation without internet needs, in one signed file.

madoguchi-VERSION-COMMIT/
    SHA256SUMS, SHA256SUMS.sig      every other file, and who vouches for it
    madoguchi, src/, docs/, …       the source at the commit
    wheels/                         of requirements/run.txt, token.txt and font.txt, for every supported Python
    debs/                           of requirements/debian.list, with all that they depend on
    sbom.cdx.json                   what is in it, under which licences
"""
