"""What customers of the invented shop write: sentences by touchpoint, annoyed and pleased.

`{thing}` is a product, `{days}` a number of days.
"""

from __future__ import annotations

THINGS = (
    "the Arden floor lamp",
    "the Bruna armchair",
    "our Calder bookcase",
    "the Dorrit desk",
    "an Elva side table",
    "the Fenn sofa",
    "two Hilde bar stools",
    "the Isolde pendant light",
)

ANNOYED: dict[str, tuple[str, ...]] = {
    "newsletter": (
        "Too many e-mails, and most show things I already bought.",
        "The newsletter is not for me.",
    ),
    "search": (
        "I searched for {thing} by name and it did not come up.",
        "Filters reset every time I go back from a product.",
    ),
    "product-page": ("The measurements of {thing} were nowhere to be found.", "The pictures are too dark."),
    "checkout": (
        "I had to create an account before I could pay, and then the basket was empty.",
        "On my phone the address form jumps back to the top with every error.",
        "The delivery cost only showed up on the very last page.",
    ),
    "payment": ("My card from abroad was refused twice.", "I could not pay by invoice."),
    "tracking": (
        "Tracking said 'on its way' for {days} days and nothing else.",
        "The tracking link opens a page of another company where my number is unknown.",
    ),
    "delivery": (
        "{thing} came {days} days late and nobody told me.",
        "I took a day off for the delivery and the van never came.",
        "Delivered to a neighbour two streets away without a note.",
        "The driver left the parcel at the kerb; it took two of us to carry {thing} upstairs.",
    ),
    "assembly": (
        "The instructions for {thing} miss a step and two screws were too short.",
        "Pictures only, no words: we put the side panel on the wrong way round.",
    ),
    "my-account": ("I cannot find old invoices in my account.", "The account shows orders without a status."),
    "help-centre": ("The help pages answer everything but my question.", "I ended up calling anyway."),
    "service-contact": (
        "Three contacts, three answers, and {thing} is still broken.",
        "I waited 40 minutes on the phone and then was cut off.",
        "I had to tell the whole story again each time I wrote.",
    ),
    "returns": (
        "I had to print a label, and I have no printer.",
        "Sending {thing} back from abroad cost me more than it is worth.",
    ),
    "refund": (
        "I have been waiting {days} days for my refund.",
        "The refund came without delivery costs and nobody could say why.",
    ),
}

PLEASED: dict[str, tuple[str, ...]] = {
    "room-ideas": ("The room ideas made me want to redo the whole flat.",),
    "search": ("Search finally understands what I mean.",),
    "product-page": ("Seeing {thing} in my own room on the screen settled it.",),
    "chat-advice": (
        "The person in the chat really knew lamps and talked me out of the wrong one.",
        "Honest advice in the chat, no pushing.",
    ),
    "checkout": ("Two taps and it was ordered.",),
    "order-confirmation": ("Clear confirmation with everything in it.",),
    "delivery": ("{thing} came on the minute, and the driver carried it in.",),
    "unboxing": (
        "No plastic, everything labelled, a handwritten card: unpacking {thing} was a pleasure.",
        "The packaging is a small work of art and folds flat.",
    ),
    "living-with-it": (
        "{thing} is better than in the pictures; we use it every day.",
        "Solid, quiet, beautiful. {thing} will outlive us.",
    ),
    "service-contact": ("One call and a spare part was on its way.",),
    "order-again": ("Ordering the matching piece took a minute.",),
}

REVIEWS: dict[int, tuple[str, ...]] = {
    1: ("Arrived scratched, and one leg is shorter.", "Broke after {days} days."),
    2: ("Looks fine, wobbles.", "The colour has little to do with the picture."),
    3: ("Does its job.", "Nice, but the assembly took all evening."),
    4: ("Very happy with {thing}, apart from the instructions.", "Good quality for the price."),
    5: ("We love {thing}.", "Exactly what the room needed.", "Bought a second one."),
}
