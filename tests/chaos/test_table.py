"""The table that is kept says what the results say."""

import table


def test_the_table_is_up_to_date():
    text = table.README.read_text()
    assert table.replaced(text) == text
