"""What a broker does with partitions, and the object that builds and owns everything."""
