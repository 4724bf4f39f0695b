"""The wing behind the bot: what waits, and who may silence or steer it."""
