"""When the messages of a calendar are due. Pure: time is an argument."""
