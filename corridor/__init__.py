"""The steps of the corridor, what waits between them, and who may silence or steer it."""
