"""What every other part needs: errors, sentences for people, words and files of text. Imports nothing of ours."""
