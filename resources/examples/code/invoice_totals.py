"""Adds up the net amounts of a CSV of invoices by customer and prints them, largest first."""
import csv
import sys
from collections import defaultdict
from decimal import Decimal


def totals_by_customer(rows):
    totals = defaultdict(Decimal)
    for row in rows:
        totals[row["customer"]] += Decimal(row["net"])
    return sorted(totals.items(), key=lambda item: item[1], reverse=True)


def main(path):
    with open(path, newline="", encoding="utf-8") as stream:
        for customer, net in totals_by_customer(csv.DictReader(stream)):
            print(f"{net:>12} {customer}")


if __name__ == "__main__":
    main(sys.argv[1])
