"""What people look at: one front end as an offline report; computes no measure."""
