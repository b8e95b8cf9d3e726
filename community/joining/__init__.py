"""Invitations to the network by a link: what each offers, who may make it, how far whoever comes has got. Pure."""
