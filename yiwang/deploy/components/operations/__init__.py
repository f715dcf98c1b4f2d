"""Operations that pyinfra does not have; components use them beside pyinfra's own.

They decide by how the node stands and not by what an earlier operation of the same run did, so that a run
that was killed between two operations is made good by the next.
"""
