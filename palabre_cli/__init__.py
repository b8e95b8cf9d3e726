"""The command `palabre`, and the supervisor of the processes it starts. The top floor: may import all others."""
