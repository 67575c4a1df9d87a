"""The USSD conversation: the machine, its screens, and tools that walk and draw them."""
