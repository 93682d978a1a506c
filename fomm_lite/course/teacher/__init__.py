"""For the teacher: answers and marks, which no student's edition of the course holds."""
