"""What the documents say about the APIs is what the handlers do."""

from docs.generate_support import PAGE, support_page


def test_the_page_of_supported_apis_is_up_to_date() -> None:
    assert PAGE.read_text() == support_page(), "run: python docs/generate_support.py"
