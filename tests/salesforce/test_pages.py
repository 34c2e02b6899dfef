"""Pages of a query as REST tells them: text that was cut in the middle of a character."""

from __future__ import annotations

import json

from agent.salesforce.parts import read_page


def test_half_an_emoji_becomes_a_question_mark_wherever_it_stands_and_the_rest_stays_as_it_was() -> None:
    told = r"""{"totalSize": 2, "done": true, "records": [
        {"Id": "1", "Name": "whole \ud83d\ude00", "Office__r": {"Name": "Ünal"}, "Score__c": 1.5},
        {"Id": "2", "Name": "cut \ud83d", "Office__r": {"Name": "cut \ud83d"}, "Score__c": null}]}"""
    whole, cut = read_page(json.loads(told)).records
    assert whole == {"Id": "1", "Name": "whole 😀", "Office__r": {"Name": "Ünal"}, "Score__c": 1.5}
    assert cut == {"Id": "2", "Name": "cut ?", "Office__r": {"Name": "cut ?"}, "Score__c": None}
