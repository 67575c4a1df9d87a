"""What a person does with one concern beside answering it: its item, notes, questions, undoing an act."""
