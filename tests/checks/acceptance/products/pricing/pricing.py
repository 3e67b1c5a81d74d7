"""Prices with a discount for quantity."""

print("loading prices")


class QuantityError(ValueError):
    pass


def total(unit_price, quantity, *, discount=0.1):
    if quantity <= 0:
        raise QuantityError("the quantity must be positive")
    price = unit_price * quantity
    return price * (1 - discount) if quantity >= 10 else price


def label(name):
    return {"name": name, "tags": ["new", 1, None]}
