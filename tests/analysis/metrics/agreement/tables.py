"""Published data sets, each with its source, and frames made of tables."""

import pandas as pd

# Gwet, Handbook of Inter-Rater Reliability, 4th ed. (2014), p. 120: 12 units, 4 raters, 7 missing
# ratings. The same counts are Krippendorff's example of 4 observers ("Computing Krippendorff's
# alpha-reliability", 2011, part D). One row a unit.
FOUR_RATERS = ["11.1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", ".555", "..11", "..3."]  # fmt: skip

# Gwet (2014), p. 125, as in R package irrCAC: 15 units, 5 observers, scale 0 to 3.
FIVE_OBSERVERS = ["112.2", "1101.", "2333.", ".00.0", "000.0", "000.0", "102.1", "1.20.", "222.2", "2111.", ".100.", "0000.", "1222.", "33223", "111.1"]  # fmt: skip

# Krippendorff (2011), part C, in irrCAC as Ben and Gerry: 12 units, one missing rating.
BEN_GERRY = ["ab", "aa", "bb", "bb", "db", "cc", "cc", "cc", "ee", "d.", "dd", "ad"]

# Krippendorff (2011), part A: two observers, ten units, two labels.
TEN_UNITS = ["01", "11", "01", "00", "00", "01", "00", "00", "10", "00"]

# Fleiss, "Measuring nominal scale agreement among many raters" (1971), table 1: how many of 6
# psychiatrists gave each of 30 patients each of 5 diagnoses.
FLEISS_1971 = [
    (0, 0, 0, 6, 0), (0, 3, 0, 0, 3), (0, 1, 4, 0, 1), (0, 0, 0, 0, 6), (0, 3, 0, 3, 0),
    (2, 0, 4, 0, 0), (0, 0, 4, 0, 2), (2, 0, 3, 1, 0), (2, 0, 0, 4, 0), (0, 0, 0, 0, 6),
    (1, 0, 0, 5, 0), (1, 1, 0, 4, 0), (0, 3, 3, 0, 0), (1, 0, 0, 5, 0), (0, 2, 0, 3, 1),
    (0, 0, 5, 0, 1), (3, 0, 0, 1, 2), (5, 1, 0, 0, 0), (0, 2, 0, 4, 0), (1, 0, 2, 0, 3),
    (0, 0, 0, 0, 6), (0, 1, 0, 5, 0), (0, 2, 0, 1, 3), (2, 0, 0, 4, 0), (1, 0, 0, 4, 1),
    (0, 5, 0, 1, 0), (4, 0, 0, 0, 2), (0, 2, 0, 4, 0), (1, 0, 5, 0, 0), (0, 0, 0, 0, 6),
]  # fmt: skip

# Cohen, "A coefficient of agreement for nominal scales" (1960): proportions .44 .05 .01 / .07 .20
# .03 / .09 .05 .06 of 200 patients.
COHEN_1960 = [(88, 10, 2), (14, 40, 6), (18, 10, 12)]

# Gwet (2014), in irrCAC as cont3x3abstractors: 100 pregnancies, two abstractors.
ABSTRACTORS = [(13, 0, 0), (0, 20, 7), (0, 4, 56)]


def from_rows(rows, criterion="c"):
    """A frame of rows with one character a rater; a dot is a missing rating."""
    return pd.DataFrame(
        {"item": f"i{i:05d}", "rater": f"r{j}", "criterion": criterion, "value": value.strip(".")}
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
    )


def from_counts(counts, criterion="c"):
    """A frame of rows that count how many raters chose each label 0, 1, ..."""
    return from_rows(["".join(str(k) * n for k, n in enumerate(row)) for row in counts], criterion)


def from_crosstab(table, criterion="c"):
    """A frame of two raters from their cross table, labels 0, 1, ..."""
    rows = [
        f"{a}{b}" * 1 for a, row in enumerate(table) for b, n in enumerate(row) for _ in range(n)
    ]
    return from_rows(rows, criterion)


def yes_no(rows, criterion="c"):
    """A frame of rows of y and n."""
    frame = from_rows(rows, criterion)
    return frame.assign(value=frame["value"].map({"y": "yes", "n": "no", "": ""}))


def by_name(estimates, criterion="c"):
    """Estimates of one criterion by coefficient."""
    return {row.coefficient: row for row in estimates if row.criterion == criterion}
