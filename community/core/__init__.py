"""What all other packages use: errors, translatable sentences, words, text files. Imports none of them."""
