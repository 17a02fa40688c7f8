"""Who asks: the HTTP interface of the desk; reads ask the store, writes go to the process."""
