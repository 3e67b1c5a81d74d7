from bench.classifier.run import main

main()
