"""What one process of a test leaves in a file for another, or for a later look."""

import pickle


class Kept:
    def save(self, path):
        with open(path, "wb") as file:
            pickle.dump(self, file, pickle.HIGHEST_PROTOCOL)

    @staticmethod
    def load(path):
        with open(path, "rb") as file:
            return pickle.load(file)
