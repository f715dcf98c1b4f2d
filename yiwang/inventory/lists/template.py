"""An empty list to fill in: headings, what they mean, and the words to choose from."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from yiwang.core.i18n import _
from yiwang.inventory.lists.columns import Column, Listing
from yiwang.inventory.model import KINDS

ROWS = 1000
CHOICES_SHOWN = 255
EXPLAINED = {
    "name": "标识（小写字母、数字和连字符）；留空时按名称和行政区划对应，新增的自动编号",
    "place": "网络设备写接口名，节点写安全区域；留空表示管理地址或节点所在区域",
    "address": "地址，接口和节点要带前缀长度，例如 59.201.1.10/24",
}


def template(listing: Listing) -> bytes:
    """An empty workbook with the headings of a list, notes and choices, and a page of explanations."""
    import xlsxwriter

    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(listing.zh)
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(listing.columns):
            sheet.set_column(index, index, max(12, 2 * len(column.zh) + 4), text)
            sheet.write_string(0, index, column.zh, head)
            sheet.write_comment(0, index, meaning(listing, column))
            _offer_choices(sheet, index, column)
        _explain(book, listing, head)
    return stream.getvalue()


def _offer_choices(sheet: Any, index: int, column: Column) -> None:
    words = list({meaning: column.word(meaning) for meaning in column.words.values()}.values())
    if words and not column.is_list and len(",".join(words)) < CHOICES_SHOWN:
        # Only a hint: an English value is as good.
        options = {"validate": "list", "source": words, "error_type": "information"}
        sheet.data_validation(1, index, ROWS, index, options)


def _explain(book: Any, listing: Listing, head: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 1, 22)
    sheet.set_column(2, 2, 80)
    sheet.write_row(0, 0, ["列", "键", "说明"], head)
    for row, column in enumerate(listing.columns, 1):
        sheet.write_row(row, 0, [column.zh, column.key, meaning(listing, column)])


def meaning(listing: Listing, column: Column) -> str:
    """What a column holds, from the model's own description, and its words."""
    told = EXPLAINED.get(column.key) or _description(listing.kind, column)
    words = "、".join(f"{word}={meaning}" for word, meaning in column.words.items())
    return f"{told}（{words}）" if words else told


def _description(kind: str, column: Column) -> str:
    model: Any = KINDS.get(kind)
    field = None
    for part in column.path:
        field = model.model_fields.get(part) if model else None
        model = _inner(field.annotation) if field else None
    return _(field.description) if field and field.description else column.zh


def _inner(annotation: Any) -> Any:
    from pydantic import BaseModel

    arguments = getattr(annotation, "__args__", ()) or (annotation,)
    return next((each for each in arguments if isinstance(each, type) and issubclass(each, BaseModel)), None)
