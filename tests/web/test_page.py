"""The page in a real browser: a person fills the form and sees the prediction or the faults."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from tests.web.conftest import Served
from tests.web.http1 import PATIENCE

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
    "--window-size=1200,1600",
)
PROVES = "that a person can use the page, and that its own security policy lets it run"


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; with it this test proves {PROVES}")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = program("chromium")
    driver = program("chromedriver")
    profile = tmp_path_factory.mktemp("chromium")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = Chrome(options=options, service=ChromeService(driver))
    made.set_page_load_timeout(PATIENCE)
    try:
        yield made
    finally:
        made.quit()


@pytest.fixture
def page(browser: Chrome, served: Served) -> Chrome:
    """Open the page and wait for its form."""
    browser.get(f"http://127.0.0.1:{served.port}/")
    wait(browser).until(lambda _: browser.find_element(By.ID, "field-Pclass").is_displayed())
    return browser


def wait(browser: Chrome) -> WebDriverWait[Chrome]:
    return WebDriverWait(browser, PATIENCE, poll_frequency=0.02)


def field(page: Chrome, name: str) -> WebElement:
    """Find a field as a person does: by its label."""
    label = page.find_element(By.XPATH, f"//label[normalize-space()='{name}']")
    return page.find_element(By.ID, str(label.get_attribute("for")))


def fill(page: Chrome, **values: str) -> None:
    for name, value in values.items():
        element = field(page, name)
        if element.tag_name == "select":
            Select(element).select_by_visible_text(value)
        else:
            element.clear()
            element.send_keys(value)


def submit(page: Chrome, awaited: str) -> str:
    """Press the button; return the shown text once it contains `awaited`."""
    page.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
    live = page.find_element(By.ID, "live")
    wait(page).until(lambda _: awaited in live.text)
    return live.text


def console(page: Chrome) -> list[dict[str, Any]]:
    """Return the console messages without the browser's own notes on HTTP statuses."""
    said = page.get_log("browser")  # type: ignore[no-untyped-call] # it has no types
    return [entry for entry in said if entry["source"] != "network"]


def test_the_form_yields_the_prediction_and_its_reasons(page: Chrome, served: Served) -> None:
    assert page.title == page.find_element(By.TAG_NAME, "h1").text == "Who survived the Titanic"
    fill(page, Pclass="1", Sex="female", Age="38", SibSp="1", Parch="0", Fare="71.2833")
    fill(page, Name="Cumings, Mrs. John Bradley", Embarked="C")
    shown = submit(page, "Model version")
    (recorded,) = served.records()
    assert recorded["Name"] == "Cumings, Mrs. John Bradley"
    assert recorded["Fare"] == 71.2833
    assert recorded["prediction"] == 1
    assert shown.startswith("The model predicts\nsurvived\n")
    assert f"Probability of “survived”: {100 * recorded['probability']:.1f}".rstrip("0.") in shown
    assert f"Model version\n{recorded['model_version']}\n" in shown
    assert recorded["uuid"] in shown
    rows = [row.text for row in page.find_elements(By.CSS_SELECTOR, "#live tr")]
    assert any(row.startswith("Sex: female") and "+" in row for row in rows)
    assert len(rows) == 8
    assert console(page) == []


def test_a_negative_prediction_names_its_class(page: Chrome) -> None:
    fill(page, Pclass="3", Sex="male", Age="40", SibSp="0", Parch="0")
    assert submit(page, "Model version").startswith("The model predicts\ndied\n")
    assert console(page) == []


def test_a_fault_is_marked_at_its_field_until_it_changes(page: Chrome, served: Served) -> None:
    fill(page, Pclass="3", Sex="male", SibSp="0", Parch="0", Age="121", Cabin="C85")
    shown = submit(page, "Unprocessable")
    assert "The request has 1 fault" in shown
    age = field(page, "Age")
    mark = page.find_element(By.ID, "fault-Age")
    assert mark.is_displayed()
    assert mark.text == "must be a number from 0 to 120 years"
    assert mark.get_attribute("id") in str(age.get_attribute("aria-describedby")).split()
    assert age.get_attribute("aria-invalid") == "true"
    assert page.switch_to.active_element == age
    others = page.find_elements(By.CSS_SELECTOR, "[aria-invalid=true]")
    assert others == [age]
    assert served.records() == []
    age.send_keys(*"\b\b\b", "12")
    assert not mark.is_displayed()
    submit(page, "Model version")
    assert [record["Age"] for record in served.records()] == [12]
    assert console(page) == []


def test_markup_in_a_value_stays_text(page: Chrome, served: Served) -> None:
    markup = "<img src=x onerror=document.title='owned'>"
    fill(page, Pclass="3", Sex="male", SibSp="0", Parch="0", Name=markup)
    assert f"Name: {markup}" in submit(page, "Model version")
    assert [record["Name"] for record in served.records()] == [markup]
    assert page.find_elements(By.TAG_NAME, "img") == []
    assert page.title == "Who survived the Titanic"
    assert console(page) == []


def test_an_unavailable_service_says_when_to_retry(
    page: Chrome, tmp_path: Path, served: Served
) -> None:
    fill(page, Pclass="3", Sex="male", SibSp="0", Parch="0")
    for name in ("storage", "titanic.queue.sqlite"):
        (served.home / name).rename(tmp_path / name)
    (served.home / "storage").write_bytes(b"a file where the folder was")
    (served.home / "titanic.queue.sqlite").mkdir()
    shown = submit(page, "retry after 5 seconds")
    assert shown.startswith("Service Unavailable")
    assert "the prediction cannot be recorded" in shown
    assert console(page) == []
