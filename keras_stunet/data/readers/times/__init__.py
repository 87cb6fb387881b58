"""When readings were taken: times as people write them, on one grid."""
