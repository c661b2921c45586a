"""Should somebody look at this? Pure: observations, history, rules of judgement, and their fold into episodes."""
