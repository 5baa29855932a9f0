"""Pure decisions of exams: kinds and states, reading answers and questions, composing papers, time."""
