"""The metadata log, the image of topics and configs that replay builds, and the commands that change it."""
