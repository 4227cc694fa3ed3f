"""The bookings API: takes bookings, keeps them in the user database and hands them to the queue."""
