"""The old place of `pick_device` and `set_seed` (now `course_utils.devices`) and of the environment
check (now `course_launcher.check`)."""
