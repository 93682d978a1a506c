"""What several chapters share: exercises and quizzes, figures' style, the explorers' ground."""
