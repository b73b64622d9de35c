"""What a page says of itself for machines, in document order."""

from transforms.structured import StructuredData, read_microdata, types_of


def test_the_likeliest_article_comes_first():
    page, video, article, news = (
        {"@type": "WebPage"},
        {"@type": "VideoObject"},
        {"@type": ["Article"]},
        {"@type": "http://schema.org/NewsArticle"},
    )
    structured = StructuredData(nodes=(page, video, article, {"@type": "BreadcrumbList"}, news))
    assert structured.articles() == (news, article)
    assert structured.pages() == [page, video]


def test_types_are_read_from_strings_lists_and_urls():
    assert types_of({"@type": ["https://schema.org/Person", "schema:Organization", 7]}) == ("person", "organization")
    assert types_of({}) == ()


def test_a_reference_leads_to_the_fullest_node_of_its_id():
    stub, full = {"@id": "#rina"}, {"@id": "#rina", "name": "Rina Wijaya"}
    structured = StructuredData(nodes=(stub, full))
    assert structured.by_id("#rina") == full
    assert structured.by_id("#nobody") is None
    assert structured.by_id(["#rina"]) is None


def test_meta_values_come_by_name_then_by_place():
    structured = StructuredData(meta=(("b", "1"), ("a", "2"), ("b", "3")))
    assert list(structured.meta_values("a", "b")) == ["2", "1", "3"]


def test_meta_tags_are_read_by_property_name_and_itemprop(parse):
    head = (
        '<meta property="og:title" content="A"><meta NAME="Author" content="B"><meta itemprop="x y" content="C"><meta name="z">'
    )
    assert parse("<p>x</p>", head=head).structured.meta == (("og:title", "A"), ("author", "B"), ("x", "C"), ("y", "C"))


def test_microdata_values_come_from_attributes_nested_names_or_text(parse):
    parsed = parse(
        """<article itemscope itemtype="http://schema.org/NewsArticle"><h1 itemprop="headline"> Bridge  closed </h1>
        <time itemprop="datePublished" datetime="2024-04-17">Wednesday</time>
        <span itemprop="author" itemscope itemtype="http://schema.org/Person"><b itemprop="name">Rina Wijaya</b>, reporter</span>
        </article>"""
    )
    assert [(item.name, item.value, item.item_type) for item in read_microdata(parsed.tree)] == [
        ("headline", "Bridge closed", "newsarticle"),
        ("datepublished", "2024-04-17", "newsarticle"),
        ("author", "Rina Wijaya", "newsarticle"),
        ("name", "Rina Wijaya", "person"),
    ]
